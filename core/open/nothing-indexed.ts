import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'

/** A document that was refused, by its position among the given documents. */
type Refused = { readonly position: number; readonly id: string | null; readonly error: { readonly message: string } }

/** What became of documents. `failed` counts all that were refused; `errors` may have only the first of them. */
type Outcome = { readonly indexed: number; readonly failed: number; readonly errors: readonly Refused[] }

/** Refused documents that the message describes. The details have more of them. */
const DESCRIBED_MAX = 3
/** Refused documents that the details of the error list. */
export const LISTED_MAX = 10

/**
 * Throws if documents were given and none of them was indexed, because then something is wrong with all of them, and a
 * caller who does not check `failed` must learn it.
 *
 * @throws {InvalidRequestError} 'nothing_indexed', with the first failures and the number of all
 */
export function assertSomeIndexed({ indexed, failed, errors }: Outcome): void {
  if (indexed > 0 || failed === 0) return
  const first = errors.slice(0, DESCRIBED_MAX).map(describe)
  const others = failed > first.length ? [`and ${failed - first.length} more`] : []
  const what = failed === 1 ? 'the document was not indexed' : `none of ${failed} documents was indexed`
  throw new InvalidRequestError('nothing_indexed', `${what}: ${[...first, ...others].join('; ')}`, {
    details: { failed, errors: errors.slice(0, LISTED_MAX) },
  })
}

function describe({ position, id, error }: Refused): string {
  return `document ${position}${id === null ? '' : `, ${quote(id)}`}: ${error.message}`
}
