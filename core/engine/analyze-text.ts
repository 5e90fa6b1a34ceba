import type { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import { InvalidRequestError } from '../errors.ts'
import { isAnalysed } from '../fields/kinds.ts'
import { quote } from '../quote.ts'
import { fieldNotFound, findField } from '../schema/find-field.ts'
import type { Schema } from '../schema/schema.ts'
import type { AnalyzeRequest, TokenReport } from './engine.ts'

const LANGUAGE_DEFAULT = 'english'

/**
 * Shows how a field or a language analyzes a text.
 *
 * @throws {InvalidRequestError} for both a field and a language, a field that is not text, or an unknown language
 */
export async function analyzeText(
  schema: Schema,
  { text, field, language }: AnalyzeRequest,
  analyzers: AnalyzerPool,
): Promise<TokenReport[]> {
  if (field !== undefined && language !== undefined) {
    throw new InvalidRequestError(
      'invalid_request',
      'field and language cannot both be given: a field has its own language',
    )
  }
  const analyzer = await analyzers.open(
    field === undefined ? (language ?? LANGUAGE_DEFAULT) : languageOf(schema, field),
  )
  return analyzer.analyze(text).map(({ stopWord, ...token }) => ({ ...token, stop_word: stopWord }))
}

function languageOf(schema: Schema, name: string): string {
  const field = findField(schema, name)
  if (field === undefined) throw fieldNotFound(schema, name, 'field')
  if (!isAnalysed(field)) {
    throw new InvalidRequestError(
      'invalid_field',
      `field: expected a text field, but ${quote(name)} is of type ${field.type}`,
    )
  }
  return field.language
}
