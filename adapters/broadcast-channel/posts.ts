/** What the tabs post to each other; every tab hears all of it. */
export type Post =
  /** A tab runs the hub from now on; whatever another one ran is gone. */
  | { readonly kind: 'host'; readonly host: string }
  | { readonly kind: 'open'; readonly link: string }
  | { readonly kind: 'opened'; readonly link: string; readonly host: string }
  /** A frame to the hub. */
  | { readonly kind: 'up'; readonly link: string; readonly frame: string }
  /** A frame from the hub. */
  | { readonly kind: 'down'; readonly link: string; readonly frame: string }
  /** The tab gave the link up. */
  | { readonly kind: 'left'; readonly link: string }
  /** The hub gave the link up. */
  | { readonly kind: 'closed'; readonly link: string; readonly clean: boolean }

/** A channel of posts. */
export interface Channel {
  post(post: Post): void
  close(): void
}

/** Opens a channel; the tab itself does not hear what it posts there. */
export const openChannel = (name: string, hear: (post: Post) => void): Channel => {
  const channel = new BroadcastChannel(name)
  channel.onmessage = ({ data }: { readonly data: unknown }) => {
    // Another script of this origin may use the same name for something else.
    if (typeof data === 'object' && data !== null && 'kind' in data) hear(data as Post)
  }
  return { post: (post) => channel.postMessage(post), close: () => channel.close() }
}

/** The lock that a tab holds as long as it has the link: it is free when the tab is gone, also where it crashed. */
export const lockOf = (name: string, link: string): string => `${name}/${link}`
