import { apiErrors } from '../../domain/api-errors.ts';
import { isPrivateHost } from '../../domain/private-host.ts';
import type { CreateMessageRequest } from '../../schemas/message.ts';

/**
 * Whether the model endpoint would fetch this URL from a private network. Text that is not a URL is left for the endpoint to
 * refuse.
 */
const isPrivate = (url: string): boolean =>
  URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && isPrivateHost(new URL(url).hostname);

/** For PRIVATE_IMAGE_URLS=refuse. `param` is the location of the messages in the request. @throws {ApiError} 400 */
export function refusePrivateImages(messages: readonly CreateMessageRequest[] | null | undefined, param: string): void {
  for (const [index, { content }] of (messages ?? []).entries()) {
    if (typeof content === 'string') continue;
    const at = param === '' ? 'content' : `${param}[${index}].content`;
    for (const [part, item] of content.entries()) {
      if (item.type === 'image_url' && isPrivate(item.image_url.url))
        throw apiErrors.privateImage(`${at}[${part}].image_url.url`);
    }
  }
}
