// Shows times in the viewer's zone, and keeps UTC in the tooltip. Without this script every time is in UTC, as the server writes it.
(() => {
  const two = (number) => String(number).padStart(2, "0");
  const zones = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" });
  const zone = (at) => zones.formatToParts(at).find(({ type }) => type === "timeZoneName").value;
  const isUtc = (at) => Number.isNaN(at.getTime()) || at.getTimezoneOffset() === 0;
  const local = (at) =>
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())} ${zone(at)}`;

  function show(time) {
    // The server's microseconds are more than some browsers read.
    const at = new Date(time.dateTime.replace(/(\.\d{3})\d+/, "$1"));
    if (time.title || isUtc(at)) return;
    time.title = time.textContent;
    time.textContent = local(at);
  }

  // A field for a time counts in UTC; below it stands what that is here.
  function explain(field) {
    if (field.dataset.explained !== undefined) return;
    field.dataset.explained = "";
    const hint = document.createElement("span");
    hint.className = "hint";
    const write = () => {
      const at = new Date(`${field.value}Z`);
      const text = isUtc(at) ? "" : `That is ${local(at)}.`;
      field.title = text;
      hint.textContent = text;
      hint.hidden = text === "";
    };
    // The fields of a filter stand in one line, where a hint would push them apart.
    if (!field.closest(".filters")) field.after(hint);
    field.addEventListener("input", write);
    write();
  }

  function showAll() {
    document.querySelectorAll("time[datetime]").forEach(show);
    document.querySelectorAll("input[type=datetime-local]").forEach(explain);
  }
  showAll();
  document.addEventListener("htmx:afterSwap", showAll);
})();
