/* Draws each table under [data-chart] with ECharts. The table stays: it is the chart for whoever does not see one. */
(function () {
  "use strict";
  var colours = ["#27427a", "#b77a1c", "#5b7f8f", "#1f6548"];

  function draw(section) {
    var table = section.querySelector("table");
    var picture = section.querySelector(".chart-picture");
    if (!table || !picture || !window.echarts) { return; }
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    var names = rows.map(function (row) { return row.cells[0].textContent.trim(); });
    var series = heads.map(function (head, at) { return { head: head, at: at }; }).filter(function (one) {
      return one.head.hasAttribute("data-series");
    });
    picture.hidden = false;
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", table.caption.textContent.trim());
    var chart = window.echarts.init(picture, null, { renderer: "canvas" });
    var narrow = picture.clientWidth < 520;
    chart.setOption({
      animation: false,
      color: colours,
      grid: { left: 12, right: 20, top: 36, bottom: 12, containLabel: true },
      xAxis: { type: "category", data: names, axisLabel: { rotate: narrow ? 45 : 0, hideOverlap: true, color: "#535f6e" } },
      yAxis: { type: "value", name: section.dataset.unit, minInterval: section.dataset.unit ? 0 : 1,
        nameTextStyle: { color: "#535f6e" }, axisLabel: { color: "#535f6e", formatter: short } },
      series: series.map(function (one) {
        return { type: section.dataset.chart, name: one.head.textContent.trim(), barMaxWidth: 48, symbolSize: 8,
          data: rows.map(function (row) {
            var held = row.cells[one.at].dataset.value;
            return held === undefined ? null : Number(held);
          }) };
      })
    });
    if (series.length > 1) { key(section, series); }
    window.addEventListener("resize", function () { chart.resize(); });
  }

  function key(section, series) {
    var list = section.querySelector(".chart-key");
    series.forEach(function (one) {
      var item = document.createElement("li");
      item.textContent = one.head.textContent.trim();
      list.appendChild(item);
    });
    list.hidden = false;
  }

  function short(value) {
    if (document.documentElement.lang === "zh-CN") { return Math.abs(value) >= 10000 ? value / 10000 + "万" : String(value); }
    return Math.abs(value) >= 1000000 ? value / 1000000 + "m" : Math.abs(value) >= 1000 ? value / 1000 + "k" : String(value);
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
}());
