#include "demo/page/page.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "demo/page/diagram.hpp"
#include "demo/page/templates.hpp"
#include "demo/recorder/recorder.hpp"

namespace demo {
namespace {

std::string pixels(double size) { return std::to_string(std::lround(size)); }

std::string svg(const Drawing& drawing, const std::string& kind, const std::string& name) {
  if (drawing.height <= 0) return {};
  return "<svg class=\"" + kind + "\" style=\"--w:" + pixels(drawing.width) + "px\" viewBox=\"0 0 " +
         pixels(drawing.width) + ' ' + pixels(drawing.height) + R"(" role="img" aria-label=")" + escaped(name) + "\">" +
         drawing.body + "</svg>\n";
}

template <typename Draw>
std::string both(const Draw& draw, const std::string& title, const std::string& name) {
  const std::string drawings = svg(draw(Width::wide), "wide", name) + svg(draw(Width::narrow), "narrow", name);
  if (drawings.empty()) return {};
  return (title.empty() ? "" : "<h3>" + title + "</h3>\n") + R"(<div class="paper" tabindex="0">)" + drawings +
         "</div>\n";
}

std::string table(const std::vector<SocketRow>& rows) {
  if (rows.empty()) return {};
  std::string text =
      "<h3>Los sockets al acabar este paso, según el núcleo</h3>\n<div class=\"paper\" "
      "tabindex=\"0\"><table><tr><th>Estado"
      "<th class=\"number\">Recv-Q<th class=\"number\">Send-Q<th>Local<th>Remoto\n";
  for (const SocketRow& row : rows) {
    text += "<tr><td>" + escaped(row.state) + "<td class=\"number\">" + row.receive + "<td class=\"number\">" +
            row.send + "<td>" + escaped(row.local) + "<td>" + escaped(row.remote) + '\n';
  }
  return text + "</table></div>\n";
}

std::string heading_of(const Scene& scene) { return std::to_string(scene.number) + " · " + scene.heading; }

bool has_charts(const Scene& scene) { return gantt(scene, Width::wide).height > 0; }

std::string section(const Story& story, const Scene& scene) {
  std::string text = "<section>\n<h2>" + escaped(heading_of(scene)) + "</h2>\n<p>" + escaped(scene.why) + "</p>\n";
  if (has_charts(scene)) {
    // Son cientos de llamadas y segmentos: lo que se ve en ellos es cuándo está cada uno.
    return text +
           both([&](Width width) { return gantt(scene, width); }, "", "Cuánto espera y cuánto conversa cada cliente") +
           "</section>\n";
  }
  text +=
      both([&](Width width) { return sequence(story, scene, width); }, "", "Diagrama de secuencia: " + scene.heading);
  text += both([&](Width width) { return byte_rulers(story, scene, width); },
               "El flujo de bytes: en qué trozos se envía, viaja y se recibe", "Regla de bytes");
  text += table(sockets_after(story, scene));
  return text + "<details><summary>En palabras</summary><ol></ol></details>\n</section>\n";
}

void replace(std::string& text, const std::string& mark, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size()) {
    text.replace(at, mark.size(), value);
  }
}

}  // namespace

Story tell_story(const std::vector<Event>& events, const std::vector<std::string>& missing) {
  Story story;
  story.events = events;
  story.missing = missing;
  std::string client;
  std::string server;
  std::int64_t latest = 0;
  for (const Event& event : events) {
    const std::string kind = text_in(event, "kind");
    latest = event["t"].get<std::int64_t>();
    if (kind == "title") {
      story.title = text_in(event, "text");
      story.detail = text_in(event, "detail");
    } else if (kind == "end") {
      story.ending = text_in(event, "text");
      if (!story.scenes.empty()) story.scenes.back().end = latest;
    } else if (kind == "sides") {
      client = text_in(event, "client");
      server = text_in(event, "server");
    } else if (kind == "client" && !text_in(event, "name").empty()) {
      story.names[text_in(event, "address")] = text_in(event, "name");
    } else if (kind == "step") {
      if (!story.scenes.empty()) story.scenes.back().end = latest;
      story.scenes.push_back({event["number"].get<int>(),
                              text_in(event, "heading"),
                              text_in(event, "why"),
                              client,
                              server,
                              latest,
                              std::numeric_limits<std::int64_t>::max(),
                              {}});
    } else if (!story.scenes.empty()) {
      story.scenes.back().events.push_back(event);
    }
  }
  if (!story.scenes.empty() && story.ending.empty()) story.scenes.back().end = latest + 1;
  return story;
}

std::string page(const Story& story) {
  std::string notices;
  for (const std::string& sentence : story.missing) notices += "<p>" + escaped(sentence) + "</p>\n";
  const auto [seen, wrong] = agreement(story.events);
  std::string ending = story.ending.empty() ? "La demostración no terminó." : "";
  if (seen > 0) {
    ending += " Los estados se deducen de los segmentos; el núcleo (sock_diag) enseñó " + std::to_string(seen) +
              (wrong == 0 ? ", y todos coinciden." : ", y no coinciden " + std::to_string(wrong) + '.');
  }
  std::string scenes;
  for (const Scene& scene : story.scenes) scenes += section(story, scene);
  std::string text = page_template;
  replace(text, "{{css}}", diagram_style);
  replace(text, "{{title}}", escaped(story.title));
  replace(text, "{{detail}}", escaped(story.detail));
  replace(text, "{{notices}}", notices);
  replace(text, "{{ending}}", escaped(ending));
  replace(text, "{{scenes}}", scenes);
  return text;
}

std::string figure(const Story& story, const std::string& scene) {
  constexpr double heading_height = 34;
  std::string body;
  double width = 0;
  double height = 8;
  for (const Scene& each : story.scenes) {
    if (!scene.empty() && std::to_string(each.number) != scene) continue;
    body += R"(<text class="figure-head" x="12" y=")" + pixels(height + 20) + "\">" + escaped(heading_of(each)) +
            "</text>\n";
    height += heading_height;
    const std::vector<Drawing> drawings =
        has_charts(each) ? std::vector{gantt(each, Width::wide)}
                         : std::vector{sequence(story, each, Width::wide), byte_rulers(story, each, Width::wide)};
    for (const Drawing& drawing : drawings) {
      body += "<g transform=\"translate(0 " + pixels(height) + ")\">" + drawing.body + "</g>\n";
      height += drawing.height + 12;
      width = std::max(width, drawing.width);
    }
  }
  if (body.empty()) {
    throw std::runtime_error{"esperaba en SCENE un paso de la demostración, de 1 a " +
                             std::to_string(story.scenes.size()) + ", y llegó SCENE=" + scene};
  }
  return R"(<svg xmlns="http://www.w3.org/2000/svg" width=")" + pixels(width) + "\" height=\"" + pixels(height) +
         "\" viewBox=\"0 0 " + pixels(width) + ' ' + pixels(height) + "\">\n<title>" + escaped(story.title) +
         "</title>\n<style>\n" + diagram_style + "</style>\n" + body + "</svg>\n";
}

}  // namespace demo
