# server: JGit 4.11 on Jetty 9
# packages: libjgit-java libjetty9-java libservlet-api-java libslf4j-java default-jdk-headless
# url: http://127.0.0.1:PORT/project.git
# versions: 0
set -eu
cd "$1"
cat >Server.java <<'JAVA'
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jgit.http.server.GitServlet;

public class Server {
    public static void main(String[] arguments) throws Exception {
        org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(arguments[1]));
        server.addConnector(connector);
        ServletHolder git = new ServletHolder(new GitServlet());
        git.setInitParameter("base-path", arguments[0]);
        git.setInitParameter("export-all", "true");
        ServletHandler handler = new ServletHandler();
        handler.addServletWithMapping(git, "/*");
        server.setHandler(handler);
        server.start();
        server.join();
    }
}
JAVA
jars=/usr/share/java
exec java -cp "$jars/org.eclipse.jgit.jar:$jars/org.eclipse.jgit.http.server.jar:$jars/jetty9-server.jar:$jars/jetty9-servlet.jar:$jars/jetty9-util.jar:\
$jars/jetty9-http.jar:$jars/jetty9-io.jar:$jars/jetty9-security.jar:$jars/servlet-api.jar:$jars/slf4j-api.jar:$jars/slf4j-nop.jar:$jars/jetty9-util-ajax.jar" Server.java "$1/served" "$2"
