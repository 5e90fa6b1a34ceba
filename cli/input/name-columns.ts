/**
 * The names of a table's columns. A column without a name is named after its place, and one whose name is taken gets a
 * number, so that no cell is lost.
 *
 * @param onNote called with each name that the table does not have
 */
export function nameColumns(cells: readonly string[], onNote: (message: string) => void): readonly string[] {
  const written = cells.map((cell) => cell.trim())
  const taken = new Set(written)
  const seen = new Set<string>()
  return written.map((name, i) => {
    if (name !== '' && !seen.has(name)) {
      seen.add(name)
      return name
    }
    const made = name === '' ? freeName(`column_${i + 1}`, taken) : freeName(`${name}_2`, taken)
    const why = name === '' ? 'has no name' : `has the name of an earlier one, "${name}"`
    onNote(`column ${i + 1} ${why}: it is imported as "${made}"`)
    taken.add(made)
    return made
  })
}

/** The name, or if it is taken, the next one that is not, by the number that it ends in. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  const [, stem, digits] = /^(.*_)(\d+)$/s.exec(name)!
  let number = Number(digits)
  while (taken.has(`${stem}${number}`)) number++
  return `${stem}${number}`
}
