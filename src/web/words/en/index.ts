/** All words of this language: a file for each room, whose groups are the room's own. */
export const rooms = import.meta.glob<object>("./*.json", { eager: true, import: "default" });
