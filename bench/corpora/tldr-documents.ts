import { readJsonLines } from '../../test/evaluation/test-data.ts'
import type { BenchDocument } from './bench-document.ts'

type Line = { _id: string; title: string; lang: string; platform: string; text: string; code: string; position: number }

/** Reads the examples of tldr-pages: short texts in 39 languages, and command lines. */
export async function* readTldrDocuments(data: string, count: number): AsyncGenerator<BenchDocument> {
  let read = 0
  for await (const line of readJsonLines<Line>(`${data}/text/tldr_examples.jsonl.gz`)) {
    if (read++ === count) return
    const { _id: id, title, text, code, lang, platform, position } = line
    yield { id, title, text, code, lang, platform, position }
  }
}
