/**
 * In every test file: each answer of a server in this process is held against the description, whatever the test is about.
 * Servers are found by the message that Fastify publishes about each new one.
 */
import { afterAll, expect } from '@jest/globals';
import { subscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { servedDocument } from '../../../server/openapi/document.ts';
import { ContractValidator, describedPath } from './validator.ts';

const violations: string[] = [];
let validator: Promise<ContractValidator> | undefined;

subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance };
  fastify.addHook('onSend', async (request, reply, payload) => {
    const route = request.routeOptions.url;
    // What callers of Assistants v1 are answered is described nowhere; the tests about them say what it is.
    if (!route?.startsWith('/v1/') || request.dialect === 'v1' || typeof payload !== 'string') return;
    validator ??= servedDocument('test').then((document) => new ContractValidator(document));
    const answer = { method: request.method, path: describedPath(route), status: reply.statusCode };
    const problems = (await validator).problems({ ...answer, body: JSON.parse(payload) });
    violations.push(...(problems ?? []));
  });
});

afterAll(() => expect([...new Set(violations)]).toEqual([]));
