import type { DeclaredRoute } from './declared-routes.js';
import { docsPage } from './docs-page.js';
import { openApiDocument, type ReferenceOptions } from './openapi-document.js';

/** The reference of this gateway's API, for programs and for people. Both are written once, when it starts. */
export class ApiReference {
  /** OpenAPI 3.1, as JSON. */
  readonly json: string;
  /** A page that needs nothing but its style sheet. */
  readonly html: string;

  constructor(routes: readonly DeclaredRoute[], options: ReferenceOptions) {
    const document = openApiDocument(routes, options);
    this.json = JSON.stringify(document);
    this.html = docsPage(document);
  }
}
