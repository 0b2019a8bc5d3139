/** Disjoint sets with path halving; the smallest member leads, so that results never depend on the order of joins. */
export class UnionFind {
  private readonly parent: Int32Array;

  constructor(readonly size: number) {
    this.parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  find(i: number): number {
    const { parent } = this;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]!]!;
      i = parent[i]!;
    }
    return i;
  }

  join(a: number, b: number): void {
    const x = this.find(a);
    const y = this.find(b);
    if (x < y) this.parent[y] = x;
    else this.parent[x] = y;
  }

  /** Members by leader. */
  sizes(): Int32Array {
    const sizes = new Int32Array(this.size);
    for (let i = 0; i < this.size; i++) sizes[this.find(i)]!++;
    return sizes;
  }

  /** By member the number of its set, counted in order of first appearance. */
  labels(): { group: Int32Array; groups: number } {
    const group = new Int32Array(this.size).fill(-1);
    let groups = 0;
    for (let i = 0; i < this.size; i++) {
      const leader = this.find(i);
      if (leader === i) group[i] = groups++;
      else group[i] = group[leader]!;
    }
    return { group, groups };
  }
}
