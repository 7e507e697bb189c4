export type Low = import('../protocol/up').Up
