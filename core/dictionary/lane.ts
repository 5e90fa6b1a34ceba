/**
 * The dictionaries that a field may have: analysed terms; exact values, of keyword fields and of text fields with a
 * column; words as they were written, where that differs from their terms; short values as a whole; and prefixes of one
 * and two letters that many words share, each with the documents of all of these.
 */
export type Lane = 'text' | 'keyword' | 'form' | 'whole' | 'prefix'
