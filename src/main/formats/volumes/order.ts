/** All indices, the middle one first and then outward on both sides: what a person looks at comes before the rest. */
export function middleFirst(count: number): number[] {
  const middle = Math.floor(count / 2);
  const order: number[] = [];
  for (let step = 0; order.length < count; step++) {
    if (middle - step >= 0) order.push(middle - step);
    if (step > 0 && middle + step < count) order.push(middle + step);
  }
  return order;
}

export const inOrder = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
