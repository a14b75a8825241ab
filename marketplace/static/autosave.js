/* Keeps a form marked data-autosave while it is being written. Without this script its buttons do the same. */
(function () {
  "use strict";
  var PAUSE = 1500;
  var form = document.querySelector("form[data-autosave]");
  if (!form || !window.fetch || !window.FormData) { return; }
  var status = form.querySelector("[data-status]");
  var missing = form.querySelector("[data-missing]");
  var timer = null;
  var saving = null;
  var changed = false;
  var stopped = false;

  function say(text) { if (status) { status.textContent = text || ""; } }

  function done(answer, body) {
    say(body.status);
    if (answer.status === 409) { stopped = true; return; }
    if (!answer.ok) { return; }
    form.elements.form_version.value = body.version;
    form.elements.form_base.value = body.base;
    if (body.action !== form.getAttribute("action")) {
      form.setAttribute("action", body.action);
      window.history.replaceState(null, "", body.action);
    }
    if (missing) { missing.innerHTML = body.missing; missing.hidden = false; }
  }

  function save() {
    var title = form.elements.title;
    if (stopped || saving || !changed || !title || !title.value.trim()) { return; }
    changed = false;
    var data = new FormData(form);
    data.set("do", "keep");
    saving = fetch(form.getAttribute("action"), {
      method: "POST", body: data, headers: { "X-Autosave": "1" }, credentials: "same-origin", redirect: "manual"
    }).then(function (answer) {
      var kind = answer.headers.get("Content-Type") || "";
      if (kind.indexOf("application/json") !== 0) { throw new Error(String(answer.status)); }
      return answer.json().then(function (body) { done(answer, body); });
    }).catch(function () {
      changed = true;
      say(form.dataset.failed);
    }).then(function () {
      saving = null;
      if (changed) { later(PAUSE * 10); }
    });
  }

  function later(pause) {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, pause);
  }

  form.addEventListener("input", function () { changed = true; if (!saving) { later(PAUSE); } });
  form.addEventListener("change", function () { changed = true; if (!saving) { later(PAUSE); } });
  form.addEventListener("submit", function (event) {
    // A press of a button waits for the save under way, or it would seem to come over a newer version.
    window.clearTimeout(timer);
    stopped = true;
    if (!saving) { return; }
    event.preventDefault();
    var button = event.submitter;
    saving.then(function () { form.requestSubmit(button); });
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { window.location.reload(); } });
}());
