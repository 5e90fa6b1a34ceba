/**
 * The dictionaries that a field may have.
 *
 * - `text`: analysed terms
 * - `keyword`: exact values, of keyword fields and of text fields with a column
 * - `form`: words as written, if they differ from their terms
 * - `whole`: short values as a whole
 * - `prefix`: the first one or two letters of many words, with the documents of all these words
 */
export type Lane = 'text' | 'keyword' | 'form' | 'whole' | 'prefix'
