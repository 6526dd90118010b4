// A scene of surfaces with a choice of field, drawn by Plotly from what femion has packed.
(async () => {
  const unpacked = async (id) => {
    const text = atob(document.getElementById(id).textContent.trim());
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };
  const place = document.getElementById("scene-view");
  try {
    const library = document.createElement("script");
    library.textContent = await unpacked("scene-plotly");
    document.head.append(library);
    const scene = JSON.parse(await unpacked("scene-data"));
    const numbers = (text, kind) => new kind(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
    const every = (array, step, first) => array.filter((_, k) => k % step === first);
    const shown = (value) => String(Number(value.toPrecision(6)));
    for (const part of scene.parts) {
      const at = numbers(part.points, Float32Array), cells = numbers(part.triangles, Uint32Array);
      [part.x, part.y, part.z] = [0, 1, 2].map((n) => every(at, 3, n));
      [part.i, part.j, part.k] = [0, 1, 2].map((n) => every(cells, 3, n));
      for (const name in part.values) part.values[name] = numbers(part.values[name], Float64Array);
    }
    const field = document.getElementById("scene-field"), cut = document.getElementById("scene-cut");
    const hidden = new Set(scene.hidden);
    const ticks = (bar) => {
      if (!bar.log) return {};
      const low = Math.log10(bar.low), high = Math.log10(bar.high);
      const values = Array.from({ length: 5 }, (_, n) => low + (n * (high - low)) / 4);
      return { tickvals: values, ticktext: values.map((v) => String(Number((10 ** v).toPrecision(2)))) };
    };
    const traces = () => {
      const bars = scene.fields[field.value];
      const first = bars.map((bar) => bar.phases.find((name) => !hidden.has(name)));
      return scene.parts.filter((part) => part.cut === cut.checked).map((part) => {
        const n = bars.findIndex((bar) => bar.phases.includes(part.phase)), bar = bars[n];
        const values = part.values[field.value];
        const common = {
          type: "mesh3d", x: part.x, y: part.y, z: part.z, i: part.i, j: part.j, k: part.k,
          name: part.phase, showlegend: true, flatshading: true,
          visible: hidden.has(part.phase) ? "legendonly" : true,
          lighting: scene.flat ? { ambient: 1, diffuse: 0, specular: 0 }
            : { ambient: 0.85, diffuse: 0.28, specular: 0.02, facenormalsepsilon: 0 },
        };
        if (!bar) {
          const grey = [[0, "#D2D2D2"], [1, "#D2D2D2"]], hover = `<extra>${part.phase}</extra>`;
          return { ...common, intensity: part.x, colorscale: grey, showscale: false, text: [""], hovertemplate: hover };
        }
        const end = (v) => (bar.log ? Math.log10(v) : v);
        return {
          ...common,
          intensity: bar.log ? values.map(Math.log10) : values,
          cmin: end(bar.low), cmax: end(bar.high), colorscale: bar.colours,
          showscale: first[n] === part.phase,
          colorbar: { title: { text: bar.label, side: "right" }, x: 1 + 0.13 * n, len: 0.8, thickness: 16,
            outlinewidth: 0.5, ...ticks(bar) },
          text: Array.from(values, (v) => `${shown(v)} ${bar.unit}`),
          hovertemplate: `<b>%{text}</b><br>x %{x:.4g}, y %{y:.4g}${scene.flat ? "" : ", z %{z:.4g}"} ${scene.unit}`
            + `<extra>${part.phase}</extra>`,
        };
      });
    };
    const axis = (name) => ({ title: { text: `${name} [${scene.unit}]` }, range: scene.ranges[name], showbackground: false, showspikes: false });
    const top = { eye: { x: 0, y: 0, z: 2 }, up: { x: 0, y: 1, z: 0 }, projection: { type: "orthographic" } };
    const side = { eye: { x: 1.05, y: -1.85, z: 0.85 }, up: { x: 0, y: 0, z: 1 } };
    const layout = {
      margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: true, uirevision: "kept",
      legend: { orientation: "h", y: 1, yanchor: "bottom" },
      font: { family: getComputedStyle(document.body).fontFamily, size: 13 },
      scene: {
        xaxis: axis("x"), yaxis: axis("y"), zaxis: scene.flat ? { visible: false } : axis("z"),
        aspectmode: "manual", aspectratio: scene.aspect, camera: scene.flat ? top : side,
        dragmode: scene.flat ? "pan" : "turntable",
      },
    };
    const draw = () => Plotly.react(place, traces(), layout, { responsive: true, displaylogo: false });
    for (const name in scene.fields) field.add(new Option(scene.fields[name][0].title, name));
    cut.parentElement.hidden = scene.flat;
    place.textContent = "";
    await draw();
    field.onchange = cut.onchange = draw;
    place.on("plotly_legendclick", (event) => {
      const name = event.data[event.curveNumber].name;
      if (!hidden.delete(name)) hidden.add(name);
      draw();
      return false;
    });
    place.dataset.drawn = String(scene.parts.length);
  } catch (error) {
    place.textContent = `The scene cannot be shown: ${error.message}`;
  }
})();
