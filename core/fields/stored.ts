/** What kinds have in common whose values are only stored. */
export const stored = {
  options: {},
  isIndexed: false,
  hasColumn: false,
  keywords: 'never',
  words: 'none',
  operand: 'nothing',
  readOperand: () => undefined,
} as const
