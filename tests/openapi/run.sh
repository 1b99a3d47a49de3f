#!/bin/sh
# Tries a running gateway against its own description (OpenAPI 3.1): is it valid, and does every answer keep to it?
#
#   POSTERN_URL=http://… POSTERN_TOKEN=… POSTERN_MODE=off|on|away  tests/openapi/run.sh
#
# The mode is what the gateway is in; `away` says that its store cannot be reached. The programs come from the Python Package Index into
# target/openapi, once.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=$(cd "$here/../.." && pwd)/target/openapi
mkdir -p "$home"

# Several tests may come here at once; one makes the place, and the others wait for it.
exec 9>"$home/lock"
flock 9
if ! cmp -s "$here/requirements.txt" "$home/done"; then
    rm -rf "$home/venv" "$home/done"
    /usr/bin/python3 -m venv "$home/venv"
    "$home/venv/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$home/done"
fi
exec 9>&-

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$home/venv/bin/python" -c 'import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen(sys.argv[1], timeout=15).read())' \
    "$POSTERN_URL/api/v4/openapi.json" >openapi.json
"$home/venv/bin/openapi-spec-validator" openapi.json
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 "$home/venv/bin/schemathesis" --config-file "$here/schemathesis.toml" --no-color \
    run openapi.json --url "$POSTERN_URL"
