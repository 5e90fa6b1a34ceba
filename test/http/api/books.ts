/** Documents of the suites of searches. */
export const BOOKS = [
  { id: '1', title: 'The Sea Wolf', text: 'A captain hunts seals at sea', year: 1904, kind: 'novel' },
  { id: '2', title: 'Moby-Dick', text: 'The captain hunts a white whale', year: 1851, kind: 'novel', draft: false },
  {
    id: '3',
    title: 'The Old Man and the Sea',
    text: 'A fisherman, a fish, the sea and the sea',
    year: 1952,
    kind: 'novella',
  },
  { id: '4', title: 'Under the Wind', text: 'Shore birds and fish', year: 1941, kind: 'essay', draft: true },
  { id: '5', title: 'Weather', text: 'Wind, waves and weather', kind: 'manual' },
]
/** Their schema. */
export const SCHEMA = {
  fields: { title: 'text', text: 'text', year: 'integer', kind: 'keyword', draft: 'boolean' },
  default_fields: ['title', 'text'],
}
