/**
 * The three dictionaries that a field may have: analysed terms; exact values, of keyword fields and
 * of text fields with a column; and words as they were written, where that differs from their terms.
 */
export type Lane = 'text' | 'keyword' | 'form'
