/** What was typed can't be done. */
export class UsageError extends Error {}

export const USAGE = `Usage: warmlink preview URL [--force]
       warmlink warm FILE|SITEMAP|- [--at TIME] [--detach] [--state FILE] [--restart]
       warmlink refresh URL | --host HOST | --tag TAG
       warmlink purge URL | --host HOST | --tag TAG

  preview   show what a page says of itself; --force visits it now
  warm      have pages warm: a file of URLs, a line each, or a sitemap (a file or its URL, gzipped or not, an index too); - reads from
            standard input. Of a list, empty lines and those that begin with # are passed over. Waits until all are done, unless
            --detach. After Ctrl-C the same command goes on where it was, by a small file beside the input (--state FILE names
            another; --restart begins anew)
  refresh   visit a page now, whatever is there, or all that is stored of a host or with a tag
  purge     take a page, or all of a host or with a tag, out of every tier

  --host    as the URLs of its pages have it: with its port (example.com:8080), unless that is the usual one of http or https
  --json    one JSON a line on standard output    --key KEY   instead of WARMLINK_KEY, which other users of the machine don't see
  --at      by when pages are to be warm: 2026-03-02T09:30Z

A gateway is looked for at WARMLINK_URL, or beside an npm start in this folder. Ends with 0: all is well, 1: something failed,
2: it can't be done as typed, 130: Ctrl-C.`;
