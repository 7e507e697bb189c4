export declare const one: 1
