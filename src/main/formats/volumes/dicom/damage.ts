/** Bytes that no DICOM header has, or a value that cannot be. The file's name is added where it is known. */
export class HeaderDamage extends Error {}

export const tagName = (id: number): string => {
  const hex = id.toString(16).padStart(8, '0').toUpperCase();
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
};
