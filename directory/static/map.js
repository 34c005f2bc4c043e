/* The map, loaded only when somebody asked for it. The list below it says the same, and each spot bears its number there. */
const METRES_IN_A_MILE = 1609.344;
const RINGS_MI = [1, 3, 5, 10, 20, 40];
const MOST_RINGS = 4;

const load = (tag, attributes) =>
  new Promise((done, failed) => {
    const node = Object.assign(document.createElement(tag), attributes, { onload: done, onerror: failed });
    document.head.append(node);
  });

export const draw = async (box) => {
  const { leaflet, leafletSum, sheet, sheetSum, tiles } = box.dataset;
  if (!window.L) await load("link", { rel: "stylesheet", href: sheet, integrity: sheetSum });
  if (!window.L) await load("script", { src: leaflet, integrity: leafletSum });
  const L = window.L;
  const from = JSON.parse(box.dataset.from);
  const points = pointsOf(box);
  const map = L.map(box, { attributionControl: false, scrollWheelZoom: false, zoomAnimation: false, fadeAnimation: false });
  if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
  map.zoomControl.setPosition("bottomright"); // the top is where the telling of a spot opens
  const seen = L.latLng(from.at).toBounds(2 * Math.min(from.radius_mi, points.length ? 1 : Infinity) * METRES_IN_A_MILE);
  for (const point of points) seen.extend(point.at);
  map.fitBounds(seen.pad(0.1), { maxZoom: 15 });
  const wanted = [...new Set([...RINGS_MI.filter((miles) => miles < from.radius_mi), from.radius_mi])].slice(-MOST_RINGS);
  for (const miles of wanted) {
    const ring = L.circle(from.at, { radius: miles * METRES_IN_A_MILE, className: "reach", interactive: false }).addTo(map);
    const label = `${miles} ${miles === 1 ? "mile" : "miles"}`;
    const icon = L.divIcon({ className: "far", iconSize: [90, 22], iconAnchor: [45, 11], html: label });
    L.marker([ring.getBounds().getNorth(), from.at[1]], { icon, interactive: false, keyboard: false, alt: "" }).addTo(map);
  }
  L.circleMarker(from.at, { radius: 7, className: "here" }).addTo(map).bindTooltip(from.name, { permanent: true, direction: "top", offset: [0, -6] });
  const layer = L.layerGroup().addTo(map);
  let pressed;
  const spots = () => {
    layer.clearLayers();
    for (const group of groups(map, points)) {
      const names = group.map((point) => point.name).join(", ");
      const numbers = group.map((point) => point.number).filter(Boolean);
      const icon = L.divIcon({ className: "spot", iconSize: [34, 34], html: numbers.length ? `${numbers[0]}${group.length > 1 ? "+" : ""}` : "" });
      const marker = L.marker(group[0].at, { alt: names, title: names, icon }).addTo(layer);
      marker.bindPopup(told(group), { minWidth: Math.min(220, box.clientWidth - 80), maxWidth: Math.min(300, box.clientWidth - 80), maxHeight: 160 });
      marker.on("popupopen", () => (pressed = marker));
    }
  };
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !pressed?.isPopupOpen()) return;
    map.closePopup();
    pressed.getElement()?.focus();
  });
  map.on("zoomend", spots);
  spots();
};

/* What the rows below say of each point: [row, latitude, longitude], the first row is 0. */
const pointsOf = (box) => {
  const rows = [...document.querySelectorAll("#answers .res")];
  return JSON.parse(box.dataset.points).map(([row, latitude, longitude]) => {
    const link = rows[row].querySelector("h3 a");
    return {
      at: [latitude, longitude],
      number: rows[row].querySelector(".no")?.textContent ?? "",
      name: link.textContent,
      href: link.href,
      reason: rows[row].querySelector(".arm").textContent,
    };
  });
};

/* Places too near each other to be pressed apart share one spot, which bears the first number and a plus. */
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
    const link = Object.assign(document.createElement("a"), { href: point.href, textContent: point.name });
    row.append(point.number ? `${point.number}. ` : "", link, document.createElement("br"), point.reason);
    list.append(row);
  }
  return list;
};
