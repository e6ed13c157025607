// Pictures as files: a photo to attach, and what the screenshots are written as.

import { crc32, deflateSync } from "node:zlib";

/** A photo as a telephone would give it: a file to choose, 1280 by 960, with something to see. */
export function photo(name = "现场.png", [width, height] = [1280, 960]) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      const lit = Math.hypot(x - width * 0.7, y - height * 0.3) < height / 6;
      const shade = [40 + (120 * y) / height, 70 + (90 * x) / width, lit ? 60 : 110];
      rows.set(lit ? [240, 200, shade[2]] : shade, at);
    }
  }
  return { name, mimeType: "image/png", buffer: png([width, height], rows) };
}

/** A PNG of rows that begin with their filter; with a palette each pixel is one byte. */
export function png([width, height], rows, palette) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, palette ? 3 : 2, 0, 0, 0], 8);
  const colours = palette ? [["PLTE", palette]] : [];
  const body = ["IDAT", deflateSync(rows, { level: 9 })];
  const parts = [["IHDR", head], ...colours, body, ["IEND", Buffer.alloc(0)]].map(chunk);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...parts]);
}

function chunk([kind, data]) {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32 ? crc32(body) : slowCrc(body));
  return Buffer.concat([length, body, sum]);
}

/** The checksum of PNG, for a node that has none. */
function slowCrc(data) {
  let sum = ~0;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
