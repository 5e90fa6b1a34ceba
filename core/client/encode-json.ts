/** Up to this magnitude a double represents every integer exactly. */
const INTEGER_MAX = 2 ** 53

/** Strings and numbers of a JSON text. */
const SCALARS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/**
 * Encodes a value as JSON. Writes large integers with an exponent, because a server refuses integers beyond 2^53 as they
 * may have lost digits on their way; these have not.
 */
export function encodeJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (!/\d{16}/.test(text)) return text
  return text.replace(SCALARS, (scalar) =>
    /^-?\d{16,}$/.test(scalar) && Math.abs(Number(scalar)) > INTEGER_MAX ? Number(scalar).toExponential() : scalar,
  )
}
