/* Says hello. */
void greet(const char *name);
