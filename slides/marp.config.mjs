// Nada de la red: ni emojis como imágenes, ni fórmulas, que traerían sus letras. Y sin los botones de Marp, que están en inglés.
export default {
  html: true,
  bespoke: { osc: false },
  options: { emoji: { shortcode: false, unicode: false }, math: false },
};
