/* Checks a kept bid file and its attachments against the receipt, in the browser: no file is sent anywhere.
   Without JavaScript, or where the browser offers no SHA-256, the form below it and the shell do the same. */
(function () {
  "use strict";

  function hex(buffer) {
    return Array.prototype.map.call(new Uint8Array(buffer), function (byte) {
      return ("0" + byte.toString(16)).slice(-2);
    }).join("");
  }

  function measured(file) {
    return file.arrayBuffer().then(function (data) {
      return crypto.subtle.digest("SHA-256", data).then(function (digest) {
        return { name: file.name, data: data, sha256: hex(digest) };
      });
    });
  }

  function bidIn(file) {
    try {
      var said = JSON.parse(new TextDecoder().decode(file.data));
      return said && said.demand && Array.isArray(said.milestones) ? said : null;
    } catch (_) { return null; }
  }

  function judge(files, commitments, words) {
    var lines = [], bid = null, expected = [], found = {};
    files.forEach(function (file) {
      var said = /\.json$/i.test(file.name) ? bidIn(file) : null;
      if (!said) { return; }
      var version = commitments[file.sha256];
      if (version) { bid = said; }
      lines.push({ good: Boolean(version), name: file.name, sha256: file.sha256,
        text: version ? words.bidOk.replace("{number}", version) : words.bidBad });
      file.isBid = true;
    });
    if (!bid) { lines.push({ good: false, name: "", sha256: "", text: words.noBid }); return lines; }
    expected = bid.attachments || [];
    files.filter(function (file) { return !file.isBid; }).forEach(function (file) {
      var match = expected.filter(function (one) { return one.sha256 === file.sha256; })[0];
      if (match) { found[match.sha256] = true; }
      lines.push({ good: Boolean(match), name: file.name, sha256: file.sha256, text: match ? words.fileOk : words.fileBad });
    });
    expected.forEach(function (one) {
      if (!found[one.sha256]) { lines.push({ good: false, name: one.name, sha256: one.sha256, text: words.absent }); }
    });
    return lines;
  }

  function show(list, lines) {
    list.textContent = "";
    lines.forEach(function (line) {
      var item = document.createElement("li"), code = document.createElement("code");
      item.className = "notice " + (line.good ? "success" : "error");
      item.textContent = (line.good ? "✓ " : "✗ ") + line.name + " " + line.text + " ";
      code.className = "hash";
      code.textContent = line.sha256;
      item.appendChild(code);
      list.appendChild(item);
    });
    list.hidden = false;
  }

  document.addEventListener("DOMContentLoaded", function () {
    var box = document.querySelector("[data-receipt-check]");
    if (!box || !window.crypto || !crypto.subtle) { return; }
    var commitments = {};
    document.querySelectorAll("[data-commitment]").forEach(function (row) {
      commitments[row.dataset.commitment] = row.dataset.version;
    });
    box.hidden = false;
    box.querySelector("input[type=file]").addEventListener("change", function (event) {
      Promise.all(Array.prototype.map.call(event.target.files, measured)).then(function (files) {
        show(box.querySelector("ul"), judge(files, commitments, box.dataset));
      });
    });
  });
}());
