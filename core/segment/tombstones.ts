/** A set of docIds: bit `d & 31` of word `d >>> 5`. Long enough for all of the segment's documents. */
export type Bitset = Uint32Array
