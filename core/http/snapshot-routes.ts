import { droppedAnswer, snapshotAnswer, snapshotsAnswer } from '../contract/answer-shapes.ts'
import { snapshotRequest } from '../contract/collection-shapes.ts'
import { readShape } from '../contract/read-shape.ts'
import type { Engine } from '../engine/engine.ts'
import { parseJsonBody } from './parse-body.ts'
import type { Route } from './route.ts'

const PATH = '/collections/:collection/snapshots'

/** Routes of named snapshots, which keep the content of a collection for later reads. */
export function snapshotRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'POST',
      path: PATH,
      operation: 'createSnapshot',
      tag: 'collections',
      summary: 'Keep what a collection holds under a name',
      body: { name: 'CreateSnapshot', shape: snapshotRequest, required: true, example: { name: 'before-import' } },
      answer: { status: 201, description: 'The new snapshot', name: 'Snapshot', shape: snapshotAnswer },
      handle: async (request) => {
        const { name } = readShape(snapshotRequest, await parseJsonBody(request), 'the snapshot')
        return { status: 201, json: await engine.createSnapshot(request.params.collection!, name) }
      },
    },
    {
      method: 'GET',
      path: PATH,
      operation: 'listSnapshots',
      tag: 'collections',
      summary: 'List the snapshots of a collection',
      answer: { status: 200, description: 'All of them, by name', name: 'Snapshots', shape: snapshotsAnswer },
      handle: async (request) => ({ json: { snapshots: await engine.listSnapshots(request.params.collection!) } }),
    },
    {
      method: 'DELETE',
      path: `${PATH}/:snapshot`,
      operation: 'deleteSnapshot',
      tag: 'collections',
      summary: 'Delete a snapshot',
      answer: { status: 200, description: 'It is gone', name: 'Dropped', shape: droppedAnswer },
      handle: async (request) => {
        const { collection, snapshot } = request.params
        await engine.deleteSnapshot(collection!, snapshot!)
        return { json: { deleted: true } }
      },
    },
  ]
}
