import { seededRandom } from '../../test/evaluation/seeded-random.ts'
import { findTestData } from '../../test/evaluation/test-data.ts'
import type { BenchDocument } from '../corpora/bench-document.ts'
import { generateDocuments } from '../corpora/generated-documents.ts'

const SEED = 1_000_003

/**
 * Replacements of a corpus of sentences, without end: the id of a document picked at random, with the content that the
 * generator of the corpus would have given to the next new one. No two have the same codes and rare words.
 *
 * @throws {Error} if the real data are missing
 */
export async function* changeDocuments(count: number): AsyncGenerator<BenchDocument> {
  const data = findTestData()
  if (!data) throw new Error('the real data are missing: set PRISM_TEST_DATA to their folder')
  const random = seededRandom(SEED)
  let generated = 0
  for await (const document of generateDocuments(data, Number.POSITIVE_INFINITY)) {
    if (generated++ < count) continue
    yield { ...document, id: `d${`${random.below(count)}`.padStart(8, '0')}` }
  }
}
