/** Marks of classes on a 10 × 10 grid, by the class's place: circle, square, triangle, diamond, plus, triangle down, ring, cross. */
export const SHAPES = [
  'M5 .8a4.2 4.2 0 1 0 0 8.4a4.2 4.2 0 0 0 0-8.4z',
  'M1.3 1.3h7.4v7.4H1.3z',
  'M5 .6L9.8 9H.2z',
  'M5 0L10 5L5 10L0 5z',
  'M3.4 .5h3.2v2.9h2.9v3.2H6.6v2.9H3.4V6.6H.5V3.4h2.9z',
  'M5 9.4L.2 1h9.6z',
  'M5 .5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9zM5 3.2a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 0 1 0-3.6z',
  'M2.2 .6L5 3.4L7.8 .6L9.4 2.2L6.6 5L9.4 7.8L7.8 9.4L5 6.6L2.2 9.4L.6 7.8L3.4 5L.6 2.2z',
] as const;
