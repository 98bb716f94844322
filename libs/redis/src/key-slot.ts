/** Slots of a Redis Cluster. */
const SLOTS = 16_384;

/** CRC-16/XMODEM (polynomial 0x1021), a byte at a time. */
const CRC_OF_BYTE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The slot that a key lies in: of its text in the first braces, if there is any, else of all of it. Redis Cluster specification, "Key distribution model". */
export function keySlot(key: string): number {
  const open = key.indexOf('{');
  const close = open === -1 ? -1 : key.indexOf('}', open + 1);
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of Buffer.from(hashed)) crc = ((crc << 8) ^ CRC_OF_BYTE[(crc >> 8) ^ byte]!) & 0xffff;
  return crc % SLOTS;
}
