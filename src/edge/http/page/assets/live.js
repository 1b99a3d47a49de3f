// Makes the overview look again as soon as the mode has changed. Without it the page asks by turns, and without any script it
// says the same when it is loaded anew.
(() => {
  if (!document.getElementById("live") || !window.EventSource) return;
  const events = new EventSource("/admin/events");
  events.addEventListener("change", () => document.body.dispatchEvent(new Event("mode")));
  window.addEventListener("pagehide", () => events.close());
})();
