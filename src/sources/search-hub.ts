/** Search of the Hub's models by name, most downloaded first. */

import { listModels } from '@huggingface/hub';
import type { HttpAccess } from './http-source.ts';
import { apiFetch, asHubError, normalEndpoint } from './hub-api.ts';

export interface SearchRequest extends HttpAccess {
  readonly query: string;
  /** At most this many. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

export interface SearchHit {
  /** `owner/name`. */
  readonly id: string;
  readonly downloads: number;
  readonly likes: number;
  readonly gated: boolean;
  readonly private: boolean;
  /** The card's licence, for example `apache-2.0`. */
  readonly license: string | null;
  /** Where the Hub has counted them. */
  readonly parameterCount: number | null;
}

/** Throws `NetworkLost`, `RateLimited`, `Unauthorized` or `BadAnswer`. */
export async function searchModels(request: SearchRequest): Promise<readonly SearchHit[]> {
  const endpoint = normalEndpoint(request.endpoint);
  const label = `the search for "${request.query}"`;
  const hits: SearchHit[] = [];
  try {
    const found = listModels({
      search: { query: request.query },
      sort: 'downloads',
      limit: request.limit,
      additionalFields: ['tags', 'safetensors'],
      hubUrl: endpoint,
      fetch: apiFetch({ ...request, endpoint }, { label, repo: null, signal: request.signal }),
    });
    for await (const model of found) {
      const tags: unknown = model.tags;
      const license = Array.isArray(tags)
        ? tags.find((tag) => typeof tag === 'string' && tag.startsWith('license:'))
        : undefined;
      hits.push({
        id: String(model.name),
        downloads: Number(model.downloads) || 0,
        likes: Number(model.likes) || 0,
        gated: Boolean(model.gated),
        private: model.private === true,
        license: typeof license === 'string' ? license.slice('license:'.length) : null,
        parameterCount: model.safetensors?.total ?? null,
      });
    }
  } catch (error) {
    throw asHubError(error, label);
  }
  return hits;
}
