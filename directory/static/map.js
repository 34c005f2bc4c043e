/* The map, loaded only when somebody asked for it. The list below it says the same. */
const METRES_IN_A_MILE = 1609.344;

const load = (tag, attributes) =>
  new Promise((done, failed) => {
    const node = Object.assign(document.createElement(tag), attributes, { onload: done, onerror: failed });
    document.head.append(node);
  });

export const draw = async (box) => {
  const { leaflet, leafletSum, sheet, sheetSum, tiles } = box.dataset;
  await load("link", { rel: "stylesheet", href: sheet, integrity: sheetSum });
  if (!window.L) await load("script", { src: leaflet, integrity: leafletSum });
  const L = window.L;
  const from = JSON.parse(box.dataset.from);
  const points = JSON.parse(box.dataset.points);
  const map = L.map(box, { attributionControl: false, scrollWheelZoom: false, zoomAnimation: false, fadeAnimation: false });
  if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
  const ring = L.circle(from.at, { radius: from.radius_mi * METRES_IN_A_MILE, className: "reach", interactive: false }).addTo(map);
  map.fitBounds(points.length ? L.latLngBounds([from.at, ...points.map((point) => point.at)]).pad(0.15) : ring.getBounds(), { maxZoom: 15 });
  L.circleMarker(from.at, { radius: 7, className: "here" }).addTo(map).bindTooltip(from.name, { permanent: true, direction: "top", offset: [0, -6] });
  for (const point of points) {
    const told = document.createElement("p");
    const link = Object.assign(document.createElement("a"), { href: point.href, textContent: point.name });
    told.append(link, document.createElement("br"), point.reason);
    L.marker(point.at, { alt: point.name, title: point.name, icon: L.divIcon({ className: "spot", iconSize: [28, 28] }) })
      .addTo(map)
      .bindPopup(told);
  }
};
