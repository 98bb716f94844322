import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeInternet } from './fake-internet.js';
import { GuardTrial } from './guard-trial.js';

let internet: FakeInternet;
let trial: GuardTrial;

beforeAll(async () => {
  internet = await FakeInternet.start();
  trial = new GuardTrial(internet, [80, 443]);
});

afterAll(() => internet.stop());

const tried = async (url: string, expect: string) => trial.address({ url, group: 'test', expect });

describe('the trial of a URL', () => {
  test.each([
    ['http://example.com/', 'allowed'],
    ['http://1.1.1.1/', 'allowed'],
    ['http://127.0.0.1/', 'blocked'],
    ['http://2130706433/', 'blocked'],
    ['http://[::ffff:7f00:1]/', 'blocked'],
    ['http://example.com:22/', 'blocked'],
    ['http://example.com:0/', 'blocked'],
    ['http://postgres/', 'blocked'],
    ['http://10.0.0.1.nip.io/', 'blocked'],
    ['http://make-1.2.3.4-rebind-169.254-169.254-rr.1u.ms/', 'blocked'],
    ['http://user@example.com/', 'invalid'],
    ['file:///etc/passwd', 'invalid'],
  ])('%s is %s', async (url, verdict) => {
    expect(await tried(url, 'block')).toMatchObject({ verdict, agrees: verdict !== 'allowed' });
  });

  test('agrees only with what was expected', async () => {
    expect(await tried('http://127.0.0.1/', 'allow')).toMatchObject({ agrees: false });
    expect(await tried('http://user@example.com/', 'allow')).toMatchObject({ agrees: true });
    expect(await tried('file:///etc/passwd', 'allow')).toMatchObject({ agrees: false });
    expect(await tried('http://example.com/', 'EUNREACHABLE')).toMatchObject({ agrees: false });
  });
});

describe('the trial of a chain', () => {
  test('notices where it ends, and where it went on the way', async () => {
    const chain = {
      name: 'redirect',
      expect: 'block',
      hops: ['https://a.test/', 'http://b.test/', 'http://10.0.0.1/'],
    };
    expect(await trial.chain(chain)).toMatchObject({ verdict: 'blocked', agrees: true });
    expect(internet.connections.map(({ hostname }) => hostname)).toContain('b.test');
    expect(internet.connections.map(({ address }) => address)).not.toContain('10.0.0.1');
    const harmless = { name: 'redirect', expect: 'block', hops: ['https://a.test/', 'http://b.test/'] };
    expect(await trial.chain(harmless)).toMatchObject({ verdict: 'allowed', agrees: false });
  });

  test('notices that nothing is visited which a page names', async () => {
    const html = '<meta property="og:image" content="http://127.0.0.1/"><iframe src="http://c.test/">';
    expect(await trial.chain({ name: 'names', expect: 'block', html })).toMatchObject({ agrees: true });
    expect(internet.connections.map(({ hostname }) => hostname)).toEqual(['page.test']);
  });

  test('visits a name once for each of its answers', async () => {
    const resolver = [['1.1.1.1'], ['10.0.0.1']];
    expect(await trial.chain({ name: 'rebinding', expect: 'block', resolver })).toMatchObject({
      agrees: true,
    });
    expect(internet.connections.map(({ address }) => address)).toEqual(['1.1.1.1']);
    expect(await trial.chain({ name: 'steady', expect: 'block', resolver: [['1.1.1.1']] })).toMatchObject({
      verdict: 'allowed',
      agrees: false,
    });
  });
});
