// Reading CSV (RFC 4180).

/** The rows of a file, each a list of cells. */
export function readCsv(text) {
  const rows = [];
  let row = [];
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/y;
  for (let found = cells.exec(text); found; found = cells.exec(text)) {
    row.push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] === ',') continue;
    rows.push(row);
    row = [];
    if (cells.lastIndex >= text.length) break;
  }
  return rows;
}
