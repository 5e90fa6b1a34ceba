import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'

/**
 * The values of a pattern's `:names`, percent-decoded exactly once.
 *
 * Uses the raw path, because an id may contain `/` (as `%2F`) or a percent sign, and a router that decodes before or
 * after matching would change the id.
 *
 * @throws {InvalidRequestError} if a segment is not the percent-encoding of UTF-8
 */
export function decodeParams(pattern: string, pathname: string): Record<string, string> {
  const segments = pathname.split('/')
  const params: Record<string, string> = {}
  for (const [i, name] of pattern.split('/').entries()) {
    if (name.startsWith(':')) params[name.slice(1)] = decodeSegment(segments[i] ?? '')
  }
  return params
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new InvalidRequestError('malformed_path', `${quote(segment)} in the path is not percent-encoded UTF-8`, {
      details: { found: segment },
    })
  }
}
