// Returns the texts of the page whose contrast is less than args[0], and the number of texts that were looked at.
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const pixels = new Map();
// The browser itself reads colours of any notation.
const read = (color) => {
    if (!pixels.has(color)) {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
        pixels.set(color, [red, green, blue, alpha / 255]);
    }
    return pixels.get(color);
};
const over = (top, below) => top.slice(0, 3).map((value, at) => value * top[3] + below[at] * (1 - top[3]));
// What is below everything: white, or dark if the page says that it can be.
const probe = document.body.appendChild(document.createElement("i"));
probe.style.backgroundColor = "Canvas";
const canvasColor = read(getComputedStyle(probe).backgroundColor).slice(0, 3);
probe.remove();
const background = (element) => {
    if (!element) return canvasColor;
    const below = background(element.parentElement);
    const own = read(getComputedStyle(element).backgroundColor);
    return own[3] ? over(own, below) : below;
};
const luminance = (color) => {
    const [red, green, blue] = color.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
};
const opacity = (element) => (element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1);
const found = [];
let count = 0;
const look = (element, text, style) => {
    if (!text.trim() || !element.checkVisibility({ visibilityProperty: true })) return;
    count += 1;
    const below = background(element);
    const color = read(style.color);
    const ratio = contrast(over([...color.slice(0, 3), color[3] * opacity(element)], below), below);
    if (ratio < args[0]) found.push(`${ratio.toFixed(2)}: ${element.tagName} ${element.className} ${text.trim().slice(0, 40)}`);
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    look(element, texts.currentNode.data, getComputedStyle(element));
}
for (const field of document.querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea")) {
    look(field, field.value, getComputedStyle(field));
    look(field, field.placeholder, getComputedStyle(field, "::placeholder"));
}
return { found, count, page: background(document.body) };
