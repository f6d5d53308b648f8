// pure
import { describe, expect, test } from '@jest/globals';
import { ApiError } from '../../../domain/api-error.ts';
import { CreateAssistantRequest } from '../../../schemas/assistant.ts';
import { CreateMessageRequest } from '../../../schemas/message.ts';
import { CreateRunRequest } from '../../../schemas/run.ts';
import { CreateThreadRequest } from '../../../schemas/thread.ts';
import { parseOrRefuse } from '../../../server/http/validation.ts';
import type { z } from 'zod';

function refusal(schema: z.ZodType, body: unknown): Pick<ApiError, 'message' | 'param' | 'code' | 'status'> {
  try {
    parseOrRefuse(schema, body);
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status, message: error.message, param: error.param, code: error.code };
    throw error;
  }
  throw new Error('was accepted');
}

const seventeen = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']));

describe('bodies are refused with 400 in the API’s words', () => {
  test.each([
    [
      CreateThreadRequest,
      { metadata: { modified: true } },
      "Invalid type for 'metadata.modified': expected a string, but got a boolean instead.",
      'metadata.modified',
      'invalid_type',
    ],
    [
      CreateThreadRequest,
      { metadata: seventeen },
      "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
      'metadata',
      'object_above_max_properties',
    ],
    [
      CreateThreadRequest,
      { metadata: { k: 'x'.repeat(513) } },
      "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.",
      'metadata.k',
      'string_above_max_length',
    ],
    [
      CreateMessageRequest,
      { role: 'user', content: 'x'.repeat(256_001) },
      "Invalid 'content': string too long. Expected a string with maximum length 256000, but got a string with length 256001 instead.",
      'content',
      'string_above_max_length',
    ],
    [
      CreateMessageRequest,
      { role: 'user', content: '' },
      "Invalid 'content': empty string. Expected a string with minimum length 1, but got an empty string instead.",
      'content',
      'empty_string',
    ],
    [
      CreateThreadRequest,
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'x' },
              { type: 'text', text: '' },
            ],
          },
        ],
      },
      "Invalid 'messages[0].content[1].text': empty string. Expected a string with minimum length 1, but got an empty string instead.",
      'messages[0].content[1].text',
      'empty_string',
    ],
    [
      CreateRunRequest,
      { assistant_id: 'asst_1', max_prompt_tokens: 0 },
      "Invalid 'max_prompt_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
      'max_prompt_tokens',
      'integer_below_min_value',
    ],
    [CreateMessageRequest, { role: 'user' }, "Missing required parameter: 'content'.", 'content', 'missing_required_parameter'],
    [
      CreateMessageRequest,
      { role: 'system', content: 'x' },
      "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
      'role',
      'invalid_value',
    ],
    [
      CreateMessageRequest,
      { role: 'user', content: 7 },
      "Invalid type for 'content': expected a string, but got an integer instead.",
      'content',
      'invalid_type',
    ],
    [
      CreateThreadRequest,
      { messages: [{ role: 'user', content: [{ type: 'text', text: 7 }] }] },
      "Invalid type for 'messages[0].content[0].text': expected a string, but got an integer instead.",
      'messages[0].content[0].text',
      'invalid_type',
    ],
    [
      CreateRunRequest,
      { assistant_id: 'asst_1', temperature: 3 },
      "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
      'temperature',
      'decimal_above_max_value',
    ],
    [CreateRunRequest, { assistant_id: 'asst_1', foo: 1 }, "Unknown parameter: 'foo'.", 'foo', 'unknown_parameter'],
    [CreateRunRequest, {}, "Missing required parameter: 'assistant_id'.", 'assistant_id', 'missing_required_parameter'],
    [
      CreateAssistantRequest,
      [],
      'Invalid type for the request body: expected an object, but got an array instead.',
      null,
      'invalid_type',
    ],
  ])('%#', (schema, body, message, param, code) => {
    expect(refusal(schema, body)).toEqual({ status: 400, message, param, code });
  });
});
