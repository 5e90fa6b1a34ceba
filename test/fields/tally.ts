import type { FieldValue } from '../../core/fields/field.ts'
import type { FieldKind, FieldMerge, MergedFile } from '../../core/fields/field-kind.ts'
import { numbers, readNumber } from '../../core/fields/numbers.ts'
import { NumbersBuilder } from '../../core/fields/numbers-builder.ts'
import { TOMBSTONE } from '../../core/postings/merge-postings.ts'
import { encodeUtf8 } from '../../core/utf8.ts'

/** The end of the file. */
export const FOOTER = encodeUtf8('one byte a document')

/** A kind of field that Prism does not have: numbers in a column, and how many each document has in a separate file. */
export const tally: FieldKind = {
  ...numbers,
  type: 'tally',
  expected: 'a number',
  convert: (_field, value) => readNumber(value),
  readOperand: (_field, value) => readNumber(value),
  describe: (stored) => Number(stored),
  build: (_field, { docCount }) => {
    const column = new NumbersBuilder(docCount)
    const body = new Uint8Array(docCount)
    return {
      add(docId: number, values: readonly FieldValue[]) {
        column.add(docId, values)
        body[docId] = values.length
      },
      write(out) {
        column.write(out)
        out.file({ kind: 'tally', body, footer: FOOTER })
      },
    }
  },
  async *merge(merge) {
    yield* merge.numbers()
    await merge.file({ kind: 'tally', body: mergeTallies(merge.files('tally')), footer: FOOTER })
    return undefined
  },
}

/** Yields chunks of one byte, so there are many, as for a long file. */
async function* mergeTallies(files: ReturnType<FieldMerge['files']>): AsyncGenerator<Uint8Array> {
  const there = files.filter((file) => file !== undefined)
  const merged: number[] = []
  for (const file of there) await addTally(file, merged)
  for (let docId = 0; docId < merged.length; docId++) yield Uint8Array.of(merged[docId] ?? 0)
}

async function addTally({ byteSize, docIds, read }: MergedFile, merged: number[]): Promise<void> {
  const counts = await read({ start: 0, end: byteSize - FOOTER.length })
  for (const [old, count] of counts.entries()) if (docIds[old] !== TOMBSTONE) merged[docIds[old]!] = count
}
