import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { keepAdmission } from '../access/doorkeeper.js';
import { repeatsHost } from '../host-header.js';
import { headerList } from '../previews/header-text.js';
import type { PreviewResponse } from '../previews/preview-responses.js';
import { standBefore } from '../stand-before.js';
import type { HotLane } from './hot-lane.js';
import { LentConnection } from './lent-connection.js';

type Request = FastifyRequest['raw'];
type Response = FastifyReply['raw'];

/** Has the hot lane see the requests that Node reads off the wire before the router does. Call it once, before the server listens. */
export function standBeforeRouter(server: FastifyInstance['server'], lane: HotLane): void {
  const route = standBefore<[Request, Response]>(server, 'request', (request, response) => {
    const tried = request.socket instanceof LentConnection ? request.socket.begin(response) : undefined;
    if (tried !== undefined) {
      keepAdmission(tried, request);
      return route(request, response);
    }
    if (repeatsHost(request)) return route(request, response);
    const exchange = lane.enter(request);
    const next = lane.tryAtHand(exchange);
    if (next === undefined) route(request, response);
    else if ('status' in next) send(next, response);
    else
      void lane.tryBelow(next, exchange).then((answer) => {
        if (answer === undefined) route(request, response);
        else send(answer, response);
      });
  });
}

function send({ status, shared, headers, body }: PreviewResponse, response: Response): void {
  response.writeHead(status, headerList(shared).concat(headers)).end(body, 'latin1');
}
