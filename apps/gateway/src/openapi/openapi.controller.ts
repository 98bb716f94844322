import { Controller, Get, Header } from '@nestjs/common';
import { RequiresRole } from '../access/role.js';
import { ApiReference } from './api-reference.js';
import { DOCS_STYLE } from './docs-style.js';
import { docsDescription, documentDescription, styleDescription } from './openapi.description.js';
import { DescribedBy } from './route-description.js';

/** Where the page lies that people read. */
export const DOCS_PATH = '/docs';

/** What can be asked here, for programs and for people. Open: it tells nothing but what the source tells. */
@Controller()
@RequiresRole('open')
export class OpenApiController {
  constructor(private readonly reference: ApiReference) {}

  @Get('openapi.json')
  @DescribedBy(documentDescription)
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'no-cache')
  document() {
    return this.reference.json;
  }

  @Get(DOCS_PATH)
  @DescribedBy(docsDescription)
  @Header('content-type', 'text/html; charset=utf-8')
  page() {
    return this.reference.html;
  }

  @Get(`${DOCS_PATH}/style.css`)
  @DescribedBy(styleDescription)
  @Header('content-type', 'text/css; charset=utf-8')
  style() {
    return DOCS_STYLE;
  }
}
