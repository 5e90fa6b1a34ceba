/** Most characters of a caller's own text that a message repeats. */
export const QUOTED_CHARACTERS_MAX = 200

/** A text as messages show it: in double quotes, and cut after {@link QUOTED_CHARACTERS_MAX} characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED_CHARACTERS_MAX ? `${text.slice(0, QUOTED_CHARACTERS_MAX - 1)}…` : text)
}
