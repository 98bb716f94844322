import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { PREVIEW_QUEUE } from '#libs/jobs';
import { QUEUE_PREFIX } from '#libs/redis';
import { gatewayEnv } from '../apps/gateway/src/gateway.env.js';
import { lookupsAtATime } from '../apps/worker/src/fetch/lookups-at-a-time.js';
import { WORKER_QUEUES } from '../apps/worker/src/queues/served-queues.js';
import { workerEnv } from '../apps/worker/src/worker.env.js';
import { misfits } from './support/kubernetes.js';
import { yamlDocuments } from './support/yaml.js';

const FOLDER = 'deploy/kubernetes';

/** In the Secret for KEDA alone. */
const NOT_OURS = ['REDIS_QUEUE_PASSWORD'];

// oxlint-disable-next-line typescript/no-explicit-any
type Manifest = any;

let manifests: readonly Manifest[];
let deployments: readonly Manifest[];

beforeAll(async () => {
  const texts = readdirSync(FOLDER).map((file) => readFileSync(`${FOLDER}/${file}`, 'utf8'));
  manifests = (await Promise.all(texts.map(yamlDocuments))).flat();
  deployments = ofKind('Deployment');
});

const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
const containerOf = (deployment: Manifest) => deployment.spec.template.spec.containers[0];
const isGateway = (deployment: Manifest) => containerOf(deployment).name === 'gateway';

/** The settings that a deployment's container gets, but for those of the Secret. */
function environmentOf(deployment: Manifest): Record<string, string> {
  const own = containerOf(deployment).env.map(({ name, value }: Manifest) => [name, value]);
  return { ...ofKind('ConfigMap')[0].data, ...Object.fromEntries(own) };
}

/** Deployments whose pods a selector finds. */
function selectedBy(labels: Record<string, string>): readonly Manifest[] {
  return deployments.filter(({ spec }) =>
    Object.entries(labels).every(([name, value]) => spec.template.metadata.labels[name] === value),
  );
}

describe('the Kubernetes manifests', () => {
  test('each have a kind and a name, one of each', () => {
    const names = manifests.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.join('\n')).not.toContain('undefined');
    expect(ofKind('Deployment').map(({ metadata }) => metadata.name)).toEqual([
      'warmlink-gateway',
      'warmlink-scraper',
      'warmlink-planner',
    ]);
  });

  test('fit the schemas of Kubernetes and of KEDA, and name no field that these lack', async () => {
    for (const manifest of manifests) expect(await misfits(manifest)).toEqual([]);
    const [deployment] = structuredClone(deployments);
    containerOf(deployment).readinessProbes = {};
    deployment.spec.strategy.rollingUpdate.maxSurges = 1;
    expect(await misfits(deployment)).toEqual([
      'Deployment has no .spec.strategy.rollingUpdate.maxSurges',
      'Deployment has no .spec.template.spec.containers.0.readinessProbes',
    ]);
    const [scaled] = structuredClone(ofKind('ScaledObject'));
    scaled.spec.triggers[0].metadata.listLength = 10;
    expect((await misfits(scaled)).join()).toContain('listLength must be string');
  });

  test('set nothing but what the processes read, and as they read it', () => {
    for (const deployment of deployments) {
      const schema = z.object(isGateway(deployment) ? gatewayEnv : workerEnv).partial();
      const environment = environmentOf(deployment);
      const known = Object.keys({ ...gatewayEnv, ...workerEnv });
      expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
      expect(schema.safeParse(environment)).toMatchObject({ success: true });
    }
    const secrets = readFileSync(`${FOLDER}/settings.yaml`, 'utf8').matchAll(/--from-literal=(\w+)=/g);
    for (const [, name] of secrets)
      expect([...Object.keys({ ...gatewayEnv, ...workerEnv }), ...NOT_OURS]).toContain(name);
  });

  test('probe ports that are there, on which the process listens', () => {
    for (const deployment of deployments) {
      const { ports, startupProbe, livenessProbe, readinessProbe } = containerOf(deployment);
      const environment = environmentOf(deployment);
      const listens = isGateway(deployment) ? environment['PORT'] : environment['WORKER_PORT'];
      expect(ports).toHaveLength(1);
      expect(String(ports[0].containerPort)).toBe(listens);
      for (const [probe, path] of [
        [startupProbe, '/health/live'],
        [livenessProbe, '/health/live'],
        [readinessProbe, '/health/ready'],
      ])
        expect(probe.httpGet).toEqual({ path, port: ports[0].name });
    }
  });

  test('give workers threads for all the names that they may look up, as does whatever else starts one', () => {
    const scraper = deployments.find((one) => environmentOf(one)['WORKER_CONCURRENCY'] !== undefined);
    const { UV_THREADPOOL_SIZE: threads, WORKER_CONCURRENCY } = environmentOf(scraper);
    expect(lookupsAtATime(Number(threads))).toBeGreaterThanOrEqual(Number(WORKER_CONCURRENCY));
    for (const [file, start] of [
      ['package.json', `UV_THREADPOOL_SIZE=\${UV_THREADPOOL_SIZE:-${threads}} node --max-old`],
      ['docker-compose.yml', `UV_THREADPOOL_SIZE: \${UV_THREADPOOL_SIZE:-${threads}}`],
      ['apps/local/src/local-stack.ts', `UV_THREADPOOL_SIZE: '${threads}'`],
    ] as const)
      expect(readFileSync(file, 'utf8')).toContain(start);
  });

  test('let each process drain before it is killed', () => {
    for (const deployment of deployments) {
      const { DRAIN_TIMEOUT, DRAIN_DELAY } = z
        .object({ ...gatewayEnv, ...workerEnv })
        .partial()
        .parse(environmentOf(deployment));
      expect(deployment.spec.template.spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(
        DRAIN_TIMEOUT!,
      );
      expect(DRAIN_DELAY).toBe(isGateway(deployment) ? 5_000 : 0);
    }
  });

  test('serve every queue', () => {
    const served = deployments.flatMap((deployment) => environmentOf(deployment)['WORKER_QUEUES'] ?? []);
    expect(served.flatMap((queues) => queues.split(',')).toSorted()).toEqual(WORKER_QUEUES.toSorted());
  });

  test('select, bound and scale what there is', () => {
    for (const { spec, metadata } of deployments) {
      expect(selectedBy(spec.selector.matchLabels).map((found) => found.metadata.name)).toEqual([
        metadata.name,
      ]);
      const bounds = ofKind('PodDisruptionBudget').filter(
        (bound) => selectedBy(bound.spec.selector.matchLabels)[0]?.metadata.name === metadata.name,
      );
      expect(bounds).toHaveLength(1);
    }
    const [service] = ofKind('Service');
    expect(selectedBy(service.spec.selector).map(isGateway)).toEqual([true]);
    const names = deployments.map(({ metadata }) => metadata.name);
    for (const { spec } of [...ofKind('HorizontalPodAutoscaler'), ...ofKind('ScaledObject')])
      expect(names).toContain(spec.scaleTargetRef.name);
  });

  test("scale scrapes by the queue's own key", () => {
    const [trigger] = ofKind('ScaledObject')[0].spec.triggers;
    expect(trigger.metadata.listName).toBe(`${QUEUE_PREFIX}:${PREVIEW_QUEUE}:prioritized`);
  });
});

test("nginx's example has the gateways' port and their largest body", () => {
  const text = readFileSync('deploy/nginx/warmlink.conf', 'utf8');
  expect(text.match(/server gateway-\d:3000 max_fails=0;/g)).toHaveLength(2);
  expect(text).toContain('client_max_body_size 16m;');
});

test('the operations page says of every alert what to do', () => {
  const named = (file: string, pattern: RegExp) =>
    [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, name]) => name!).toSorted();
  const alerts = named('deploy/prometheus/alerts.yml', /- alert: (\w+)/g);
  expect(alerts.length).toBeGreaterThan(10);
  expect(named('docs/operations.md', /`(Warmlink\w+)`/g)).toEqual(alerts);
});
