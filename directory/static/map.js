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
  const layer = L.layerGroup().addTo(map);
  const spots = () => {
    layer.clearLayers();
    for (const group of groups(map, points)) {
      const names = group.map((point) => point.name).join(", ");
      const icon = L.divIcon({ className: "spot", iconSize: [30, 30], html: group.length > 1 ? String(group.length) : "" });
      L.marker(group[0].at, { alt: names, title: names, icon }).addTo(layer).bindPopup(told(group), { maxHeight: 220 });
    }
  };
  map.on("zoomend", spots);
  spots();
};

/* Places too near each other to be pressed apart share one spot, which tells how many they are. */
const groups = (map, points) => {
  const found = [];
  for (const point of points) {
    const at = map.latLngToLayerPoint(point.at);
    const near = found.find((group) => group.at.distanceTo(at) < 36);
    if (near) near.points.push(point);
    else found.push({ at, points: [point] });
  }
  return found.map((group) => group.points);
};

const told = (group) => {
  const list = document.createElement("ul");
  for (const point of group) {
    const row = document.createElement("li");
    row.append(Object.assign(document.createElement("a"), { href: point.href, textContent: point.name }), document.createElement("br"), point.reason);
    list.append(row);
  }
  return list;
};
